"""Make a plan: match rows to users, build the writes, and check them against the guards."""
