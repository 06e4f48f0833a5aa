"""Fields drawn from the series where no parcel layer exists."""
