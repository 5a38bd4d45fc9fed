package models

import "strings"

// PhoneSpellings returns the ways in which WhatsApp may write one mobile number
// in E.164, the given one first. Brazil's mobile numbers have a ninth digit that
// old accounts lack, Mexico's had a 1 and Argentina's a 9 after the country code
// (Meta, "Phone numbers", 2026-10).
func PhoneSpellings(number string) []string {
	other := ""
	switch rest, n := number, len(number); {
	case strings.HasPrefix(rest, "+55") && n == 14 && rest[5] == '9' && rest[6] >= '6':
		other = rest[:5] + rest[6:]
	case strings.HasPrefix(rest, "+55") && n == 13 && rest[5] >= '6':
		other = rest[:5] + "9" + rest[5:]
	case strings.HasPrefix(rest, "+521") && n == 14:
		other = "+52" + rest[4:]
	case strings.HasPrefix(rest, "+52") && n == 13:
		other = "+521" + rest[3:]
	case strings.HasPrefix(rest, "+549") && n == 14:
		other = "+54" + rest[4:]
	case strings.HasPrefix(rest, "+54") && n == 13 && rest[3] != '9':
		other = "+549" + rest[3:]
	}
	if other == "" {
		return []string{number}
	}
	return []string{number, other}
}
