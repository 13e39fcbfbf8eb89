package powercut

import "fmt"

// Kind says what an [Op] did.
type Kind int

// Kinds of operations. Names are paths below the recorded folder.
const (
	Write    Kind = iota // Data at Offset of File
	Truncate             // File to Size
	Sync                 // of File: what was written before is on the disk
	Map                  // File was mapped for writing: its content is anybody's guess from here
	Bind                 // Name is File now; the File is new, or has one more name
	Unbind               // Name is gone
	Rename               // Name is To now
	SyncDir              // of the folder Name: bindings made before are on the disk
	Mark                 // Text: the process claims something
)

// MarkFD is the descriptor on which a recorded process claims things: each write
// to it is one [Mark].
const MarkFD = 3

// Op is one thing that a process did.
type Op struct {
	Kind     Kind
	File     int // a number of its own for each file, whatever its name
	Name, To string
	Offset   int64
	Data     []byte
	Size     int64
	Text     string
	// Began is how many operations had ended when this one began. An fsync
	// promises nothing about what was written while it ran.
	Began int
}

func (o Op) String() string {
	switch o.Kind {
	case Write:
		return fmt.Sprintf("write %d bytes at %d of file %d", len(o.Data), o.Offset, o.File)
	case Truncate:
		return fmt.Sprintf("truncate file %d to %d", o.File, o.Size)
	case Sync:
		return fmt.Sprintf("sync file %d", o.File)
	case Map:
		return fmt.Sprintf("map file %d", o.File)
	case Bind:
		return fmt.Sprintf("%s is file %d", o.Name, o.File)
	case Unbind:
		return fmt.Sprintf("remove %s", o.Name)
	case Rename:
		return fmt.Sprintf("rename %s to %s", o.Name, o.To)
	case SyncDir:
		return fmt.Sprintf("sync folder %s", o.Name)
	case Mark:
		return "mark " + o.Text
	}
	return fmt.Sprintf("kind %d", int(o.Kind))
}
