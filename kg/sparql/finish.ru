# Describes a graph or corpus in the catalogue; in the same transaction the mark "being replaced" goes.
DELETE { GRAPH $catalogue { $target ?p ?o } } WHERE { GRAPH $catalogue { $target ?p ?o } } ;
INSERT DATA { GRAPH $catalogue { $description } }
