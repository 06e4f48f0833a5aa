"""An output appears whole or not at all: places, partial files, locks."""
