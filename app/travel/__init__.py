"""Travel times from elsewhere: a file, OSRM or Valhalla, each behind one protocol."""
