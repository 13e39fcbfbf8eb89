package config

import _ "embed"

//go:embed reference.yml
var reference string

// Reference is a complete healthbot.yml with every key explained, to begin with.
func Reference() string { return reference }
