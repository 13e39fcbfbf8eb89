package slacksim

// Most tests of blocks need no workspace around them.

func checkBlocks(blocks []any) error { return world{}.checkBlocks(blocks) }
func checkView(view object) error    { return world{}.checkView(view) }
