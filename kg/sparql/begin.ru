# Records, before a graph or corpus is replaced, that it is incomplete: its key goes, the mark comes.
PREFIX lg: <https://w3id.org/legenda/ns#>
DELETE { GRAPH $catalogue { $target ?p ?o } } WHERE { GRAPH $catalogue { $target ?p ?o } } ;
INSERT DATA { GRAPH $catalogue { $target lg:replacing true } }
