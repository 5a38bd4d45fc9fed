package whatsappweb

import (
	"strings"

	"mauve/models/wire"
)

// parseCard reads the names, numbers and addresses of a vCard (RFC 6350), as
// far as phones write them. What it does not know it passes over.
func parseCard(text string) (c wire.VCard) {
	if len(text) > 64<<10 {
		return c
	}
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text = strings.NewReplacer("\n ", "", "\n\t", "").Replace(text) // a folded line goes on after a space
	for line := range strings.SplitSeq(text, "\n") {
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		name, _, _ = strings.Cut(name, ";")
		if _, alone, grouped := strings.Cut(name, "."); grouped { // item1.TEL
			name = alone
		}
		value = strings.TrimSpace(unescape(value))
		if value == "" {
			continue
		}
		switch strings.ToUpper(name) {
		case "FN":
			c.Name = value
		case "ORG":
			c.Organization = strings.Trim(value, "; ")
		case "TEL":
			c.Phones = append(c.Phones, value)
		case "EMAIL":
			c.Emails = append(c.Emails, value)
		}
	}
	return c
}

func unescape(value string) string {
	return strings.NewReplacer(`\\`, `\`, `\,`, ",", `\;`, ";", `\n`, "\n", `\N`, "\n").Replace(value)
}

// writeCard spells a person as a vCard. The digits beside a number let WhatsApp offer to write to it.
func writeCard(c wire.VCard) string {
	lines := []string{"BEGIN:VCARD", "VERSION:3.0", "N:;" + escape(c.Name) + ";;;", "FN:" + escape(c.Name)}
	if c.Organization != "" {
		lines = append(lines, "ORG:"+escape(c.Organization)+";")
	}
	for _, phone := range c.Phones {
		tel := "TEL;type=CELL"
		if digits := onlyDigits(phone); digits != "" {
			tel += ";waid=" + digits
		}
		lines = append(lines, tel+":"+escape(phone))
	}
	for _, email := range c.Emails {
		lines = append(lines, "EMAIL:"+escape(email))
	}
	return strings.Join(append(lines, "END:VCARD"), "\n")
}

func escape(value string) string {
	return strings.NewReplacer(`\`, `\\`, ",", `\,`, ";", `\;`, "\r", "", "\n", `\n`).Replace(value)
}

func onlyDigits(text string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
}
