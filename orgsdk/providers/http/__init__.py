"""HTTP provider kit: what every provider over HTTP shares, from adoption of lost creates to reading responses."""
