package scoring

// Walk is the exact path behind [Explain], before anything is rounded.
var Walk = walk
