"""What `tools.try_images` runs within the images: by their Python, with what is installed in them."""
