"""The report on topics as one self-contained HTML page: data from a snapshot, drawings, words, the page."""
