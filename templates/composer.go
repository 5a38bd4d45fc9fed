package templates

// Attached is an uploaded file in the composer, not sent yet.
type Attached struct{ ID, Name, Size string }

// onTicket reports whether the thread is a ticket's, whose notes hold text alone.
func (t Thread) onTicket() bool { return t.Path != "" }

// emojis are what one reacts with by one press.
var emojis = []string{"👍", "❤️", "😂", "😮", "😢", "🙏"}

func (t Thread) about() Quote {
	if t.About == nil {
		return Quote{}
	}
	return *t.About
}
