"""The commands, one file per group. cyclopts reads their options from the signatures; `orgsdk.cli.app` lists them."""
