"""The commands, one group a file, as cyclopts reads them off their signatures; `orgsdk.cli.app` names them."""
