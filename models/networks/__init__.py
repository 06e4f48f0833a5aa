"""The networks in torch, ours and those that it is compared with, one file each."""
