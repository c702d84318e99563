"""The only rooms where `stripe` is imported: what goes out and comes in are our own objects and errors."""
