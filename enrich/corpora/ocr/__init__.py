"""Scanned pages with the words a machine read on them: ALTO, PAGE XML and hOCR, and the METS that ties them.

`alto`, `pagexml` and `hocr` turn a file into `page.Page`s; `layout` finds pictures and captions on a page and
`context` the text around them; `mets` reads what a package says of itself and `package` makes illustrations
of it.
"""
