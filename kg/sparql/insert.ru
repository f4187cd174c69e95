# Adds triples to a graph.
INSERT DATA { GRAPH $graph {
$lines} }
