# Writes the version of the snapshot that is about to be published into the catalogue.
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX dcterms: <http://purl.org/dc/terms/>
DELETE { GRAPH $catalogue { $dataset ?p ?o } }
WHERE { GRAPH $catalogue { $dataset ?p ?o VALUES ?p { owl:versionInfo dcterms:issued } } } ;
INSERT DATA { GRAPH $catalogue { $dataset owl:versionInfo $version ; dcterms:issued $now } }
