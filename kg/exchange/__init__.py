"""Exchange: the graph in the forms that others use, and claims taken back from another institution.

In: a reader of a store. Out: files. Forms that are a matter of choosing triples are SPARQL (`csv-*.rq`,
`edm.rq`, `schema.rq`) and are serialised natively; forms with a prescribed JSON shape (Linked Art, Web
Annotation, IIIF) are put together in `kg.exchange.json_forms`, batch by batch. `kg.exchange.imports` is the
way back.
"""
