"""The report: tables on the terminal, the page docs/performance.md, and its chart."""
