"""A city or the country, run in a stream: what each compound is, its rows, folder, summary and figures."""
