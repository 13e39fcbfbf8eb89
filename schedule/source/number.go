package source

import (
	"strconv"
	"strings"

	"healthbot/storage/record"
)

// parseNumber reads a number as people and spreadsheets write it: 1234.5,
// 1,234.5, 1.234,5, 1 234,5, 1'234.5, 82 %. What could mean two numbers is
// refused; why then names both.
func parseNumber(s string) (v float64, percent bool, why string, ok bool) {
	s, percent = strings.CutSuffix(s, "%")
	s = strings.TrimSpace(s)
	if strings.Trim(s, "0123456789+-.eE") != "" || strings.Count(s, ".") > 1 {
		s, why = ungroup(strings.Replace(s, "\u2212", "-", 1)) // the minus sign of typesetting
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0, false, why, false
	}
	if percent {
		v /= 100
	}
	return v + 0, percent, "", true // + 0: no negative zero
}

// ungroup takes thousands separators out and makes the decimal sign a point, if
// there is only one way to read the number; else it returns "" and, where there
// are two, names them.
func ungroup(s string) (plain, why string) {
	sign := ""
	if strings.HasPrefix(s, "-") || strings.HasPrefix(s, "+") {
		sign, s = s[:1], s[1:]
	}
	s = spaces.Replace(s)
	if strings.Trim(s, "0123456789.,_") != "" {
		return "", ""
	}
	decimal := "" // from the decimal sign on
	comma, point := strings.LastIndexByte(s, ','), strings.LastIndexByte(s, '.')
	commas, points := strings.Count(s, ","), strings.Count(s, ".")
	switch {
	case commas > 0 && points > 0: // the last of the two is the decimal sign
		at := max(comma, point)
		s, decimal = s[:at], s[at+1:]
	case points == 1:
		s, decimal = s[:point], s[point+1:]
	case commas == 1 && isGrouped(s, ","):
		return "", "; this could be " + sign + s[:comma] + s[comma+1:] + " or " + sign + s[:comma] + "." + s[comma+1:]
	case commas == 1:
		s, decimal = s[:comma], s[comma+1:]
	}
	if i := strings.IndexAny(s, ".,_"); i >= 0 {
		sep := s[i : i+1]
		if !isGrouped(s, sep) {
			return "", ""
		}
		s = strings.ReplaceAll(s, sep, "")
	}
	if decimal != "" {
		s += "." + decimal
	}
	return sign + s, ""
}

// spaces are the separators that only ever group; they become one sign.
var spaces = strings.NewReplacer(" ", "_", "\u00a0", "_", "\u202f", "_", "\u2009", "_", "'", "_", "’", "_")

// isGrouped says whether digits stand in threes, the first group not empty and
// not beginning with 0.
func isGrouped(s, sep string) bool {
	parts := strings.Split(s, sep)
	for i, p := range parts {
		if strings.Trim(p, "0123456789") != "" || i > 0 && len(p) != 3 || i == 0 && (len(p) < 1 || len(p) > 3 || p[0] == '0') {
			return false
		}
	}
	return true
}

// plainNumber writes a number without an exponent.
func plainNumber(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// grouped writes a count for reading: 12,345.
func grouped(n int) string { return record.Grouped(n) }
