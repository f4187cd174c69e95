# Counts a change of the store.
PREFIX lg: <https://w3id.org/legenda/ns#>
PREFIX dcterms: <http://purl.org/dc/terms/>
DELETE { GRAPH $catalogue { $dataset ?p ?o } } WHERE { GRAPH $catalogue { $dataset ?p ?o VALUES ?p { lg:revision dcterms:modified } } } ;
INSERT DATA { GRAPH $catalogue { $dataset lg:revision $next ; dcterms:modified $now } }
