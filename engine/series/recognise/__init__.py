"""What each file is: sensor, date, band, tile and distributor; files become acquisitions."""
