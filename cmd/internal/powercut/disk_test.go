package powercut

import (
	"bytes"
	"math/rand/v2"
	"os"
	"testing"
)

func text(c byte, n int) []byte { return bytes.Repeat([]byte{c}, n) }

// images are the contents of a folder that cuts after all operations leave, over
// many seeds.
func images(t *testing.T, ops []Op, m Mood) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	for seed := range uint64(60) {
		d := NewDisk(ops)
		d.Advance(len(ops))
		dir := t.TempDir()
		if err := d.Cut(rand.New(rand.NewPCG(seed, 1)), m, dir); err != nil {
			t.Fatal(err)
		}
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		image := ""
		for _, f := range files {
			b, err := os.ReadFile(dir + "/" + f.Name())
			if err != nil {
				t.Fatal(err)
			}
			image += f.Name() + "=" + shorten(b) + " "
		}
		out[image] = true
	}
	return out
}

// shorten writes one letter for each sector, and ? for one that isn't of one letter.
func shorten(b []byte) (out string) {
	for len(b) > 0 {
		s := b[:min(sector, len(b))]
		b = b[len(s):]
		switch {
		case bytes.Count(s, s[:1]) != len(s):
			out += "?"
		case s[0] == 0:
			out += "0"
		default:
			out += string(s[0])
		}
	}
	return out
}

func TestCut(t *testing.T) {
	bind := []Op{{Kind: Bind, Name: "f", File: 1}, {Kind: SyncDir, Name: ".", Began: 1}}
	then := func(ops ...Op) []Op { return append(append([]Op{}, bind...), ops...) }
	write := func(c byte, at int64, n int) Op {
		return Op{Kind: Write, File: 1, Offset: at * sector, Data: text(c, n*sector)}
	}
	written := then(write('a', 0, 2), Op{Kind: Sync, File: 1, Began: 3}, write('b', 0, 2), write('c', 1, 1))
	moved := then(Op{Kind: Rename, Name: "f", To: "g"})

	for name, c := range map[string]struct {
		ops  []Op
		mood Mood
		all  []string // exactly these images
		some []string // these among others
	}{
		"a forgetful disk has what was synced":  {ops: written, mood: Forgets, all: []string{"f=aa "}},
		"a kind one has everything":             {ops: written, mood: Keeps, all: []string{"f=bc "}},
		"in order, the last write may be torn":  {ops: written, mood: InOrder, all: []string{"f=aa ", "f=ba ", "f=bb ", "f=bc "}},
		"shuffled, a later write may be alone":  {ops: written, mood: Shuffles, all: []string{"f=aa ", "f=ba ", "f=bb ", "f=bc ", "f=ab ", "f=ac "}},
		"scrambled, one under way may be noise": {ops: written, mood: Scrambles, some: []string{"f=?a ", "f=b? "}},
		"an fsync promises nothing of what it ran beside": {mood: Forgets, all: []string{"f= "},
			ops: then(write('a', 0, 1), Op{Kind: Sync, File: 1, Began: 2})},
		"a synced truncation is one": {mood: Forgets, all: []string{"f=a "},
			ops: then(write('a', 0, 2), Op{Kind: Truncate, File: 1, Size: sector}, Op{Kind: Sync, File: 1, Began: 4})},
		"what was cut off doesn't come back": {mood: Keeps, all: []string{"f=a0b "},
			ops: then(write('a', 0, 2), Op{Kind: Truncate, File: 1, Size: sector}, write('b', 2, 1))},
		"a mapped file is anything":             {ops: then(write('a', 0, 1), Op{Kind: Sync, File: 1, Began: 3}, Op{Kind: Map, File: 1}), mood: Forgets, some: []string{"f=? "}},
		"a rename may not have happened":        {ops: moved, mood: Forgets, all: []string{"f= "}},
		"or have":                               {ops: moved, mood: Shuffles, all: []string{"f= ", "g= "}},
		"with an fsync of the folder it has":    {ops: append(moved[:3:3], Op{Kind: SyncDir, Name: ".", Began: 3}), mood: Forgets, all: []string{"g= "}},
		"that of another folder says nothing":   {ops: append(moved[:3:3], Op{Kind: SyncDir, Name: "sub", Began: 3}), mood: Forgets, all: []string{"f= "}},
		"a removed file may come back":          {ops: then(Op{Kind: Unbind, Name: "f"}), mood: Shuffles, all: []string{"f= ", ""}},
		"a new one may be missing":              {ops: []Op{{Kind: Bind, Name: "f", File: 1}}, mood: Shuffles, all: []string{"f= ", ""}},
		"a new name doesn't follow the old one": {ops: then(Op{Kind: Bind, Name: "g", File: 1}, Op{Kind: Unbind, Name: "f"}), mood: Keeps, all: []string{"g= "}},
	} {
		t.Run(name, func(t *testing.T) {
			got := images(t, c.ops, c.mood)
			for _, want := range append(c.all, c.some...) {
				if !got[want] {
					t.Errorf("no cut left %q; they left %v", want, got)
				}
			}
			if c.all != nil && len(got) != len(c.all) {
				t.Errorf("the cuts left %v, and should have left %q alone", got, c.all)
			}
		})
	}
}
