"""What was tried: case files, strategy files, and the tools that read, vary and run them."""
