"""Twins for the GPU: whole batches of clips at once, in kernels of their own."""
