package channeltype

import (
	"strings"
	"unicode/utf8"

	"mauve/models/content"
	"mauve/models/input"
	"mauve/models/media"
)

// Draft is what somebody is about to say on a channel: a text, and what else the message holds.
type Draft struct {
	Note      bool // the team alone reads it: it leaves by no channel
	Text      string
	Content   *content.Content
	MediaType content.Type // of media; empty: the file tells
	Files     int          // how many uploaded files are put on it
}

// Read reads a draft for a channel that can carry so much, and returns the type and the text of the message that it makes.
func (c Capabilities) Read(f *input.Reader, d Draft) (t content.Type, text string) {
	if d.Note && !d.Content.Empty() {
		f.Add("kind", "a note holds text alone")
		return content.Text, d.Text
	}
	t = content.Text
	found := content.Check(f, d.Content, d.MediaType)
	if len(found) > 1 {
		f.Add(string(found[1]), "cannot be sent together with %s; send two messages", found[0])
		return t, d.Text
	}
	if len(found) == 1 {
		t = found[0]
	}
	c.checkFiles(f, t, d)
	if d.Content.Media != nil && d.Content.Media.ID != "" && !c.Queued {
		f.Add("media.id", "this channel cannot carry it")
	}
	if !c.Sends(t) {
		f.Add(content.Field(t), "this channel cannot carry it")
	}
	if !d.Note {
		c.CheckLength(f, d.Text)
	}
	return t, d.read(f, t)
}

// CheckLength refuses a text that is too long for the channel.
func (c Capabilities) CheckLength(f *input.Reader, text string) {
	if n := utf8.RuneCountInString(text); c.LongestText > 0 && n > c.LongestText {
		f.Add("body", "must have at most %d characters on this channel, has %d", c.LongestText, n)
	}
}

// checkFiles checks which messages may carry uploaded files.
func (c Capabilities) checkFiles(f *input.Reader, t content.Type, d Draft) {
	switch {
	case d.Files == 0 || d.Note:
	case !c.Uploads:
		f.Add("attachments", "this channel cannot carry uploaded files; send media by its address")
	case t != content.Text:
		f.Add("attachments", "cannot be sent together with %s; send two messages", t)
	case c.OneFile && d.Files > 1:
		f.Add("attachments", "this channel carries one file a message; send a message for each")
	}
}

// read reads the text of a message of the type: which need one, may have one, or have none of their own.
func (d Draft) read(f *input.Reader, t content.Type) string {
	empty := strings.TrimSpace(d.Text) == ""
	switch t {
	case content.Text:
		if d.Files > 0 && empty {
			return ""
		}
		return f.Text("body", d.Text, content.LongestText)
	case content.Image, content.Video, content.Document:
		if d.Text == "" {
			return ""
		}
		return f.Text("body", d.Text, content.LongestCaption)
	}
	if !empty {
		f.Add("body", "a message of type %s has no text of its own", t)
	}
	return d.Content.InWords(t)
}

// File is an uploaded file that a message is to carry.
type File struct {
	ContentType string
	Size        int64 // bytes
}

// Carrier is the type of message that carries the file on the channel, with the text beside it. A
// picture that cannot be a sticker, for its size or the text beside it, and what
// the channel does not know go as documents.
func (c Capabilities) Carrier(file File, text string) content.Type {
	t := content.TypeOfFile(file.ContentType)
	sticks := t != content.Sticker || text == "" && file.Size <= c.Largest[t]
	if t == "" || !sticks || !c.Sends(t) {
		return content.Document
	}
	return t
}

// CheckFiles checks whether the channel carries the files of a message of the type, with the text beside them, and returns
// the type that the message has then: where a message carries one file, it is of the file's type.
func (c Capabilities) CheckFiles(f *input.Reader, t content.Type, text string, files []File) content.Type {
	if !c.OneFile || len(files) != 1 {
		return t
	}
	file := files[0]
	if t = c.Carrier(file, text); !c.Sends(t) {
		f.Add("attachments.0.id", "is a file of a type that this channel does not carry")
		return t
	}
	if most := c.Largest[t]; most > 0 && file.Size > most {
		f.Add("attachments.0.id", "is %s large; this channel carries %s of type %s", media.SizeText(file.Size), media.SizeText(most), t)
	}
	if text == "" {
		return t
	}
	if !t.Captioned() {
		f.Add("body", "a message of type %s has no text of its own", t)
	} else if utf8.RuneCountInString(text) > content.LongestCaption {
		f.Add("body", "beside a file must have at most %d characters", content.LongestCaption)
	}
	return t
}
