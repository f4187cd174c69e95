# Takes some of the triples out of a graph.
DELETE { GRAPH $graph { ?s ?p ?o } } WHERE { SELECT ?s ?p ?o WHERE { GRAPH $graph { ?s ?p ?o } } LIMIT $limit }
