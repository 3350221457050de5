"""The world that plans live in: roads, boats, hours, speeds, travel, learned factors."""
