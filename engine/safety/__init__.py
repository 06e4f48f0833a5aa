"""What a foreign file may not do: lead out of its folder, run code, fill the memory, or speak to the terminal."""
