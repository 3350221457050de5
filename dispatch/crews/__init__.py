"""Who shares a car: formations as they stand, and crews that open more tickets."""
