"""Networks of the literature that Attention-3DCNN is compared with, trained and mapped by the same code."""
