# Takes a graph or corpus out of the catalogue.
DELETE { GRAPH $catalogue { $target ?p ?o } } WHERE { GRAPH $catalogue { $target ?p ?o } }
