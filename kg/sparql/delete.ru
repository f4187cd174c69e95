# Takes triples out of a graph.
DELETE DATA { GRAPH $graph {
$lines} }
