# Says in the catalogue what a graph is and how many triples it has (VoID, SPARQL Service Description).
PREFIX void: <http://rdfs.org/ns/void#>
PREFIX dcat: <http://www.w3.org/ns/dcat#>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
DELETE { GRAPH $catalogue { $target void:triples ?n } } WHERE { GRAPH $catalogue { $target void:triples ?n } } ;
INSERT DATA { GRAPH $catalogue {
  $dataset a void:Dataset , dcat:Dataset ; dcterms:title "Legenda" ; void:subset $target .
  $target a void:Dataset ; rdfs:label $title ; dcterms:isPartOf $dataset ; void:triples $n
} }
