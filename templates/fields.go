package templates

import (
	"context"

	"mauve/templates/ui"
	"mauve/templates/words"
)

// filled says what a browser may fill a field with: "username", "name", "off".
func filled(v ui.FieldView, autocomplete string) ui.FieldView {
	v.Attrs = ui.Attrs{"autocomplete": autocomplete}
	return v
}

func hinted(v ui.FieldView, hint string) ui.FieldView {
	v.Hint = hint
	return v
}

func (f Frame) email(ctx context.Context, value, autocomplete string) ui.FieldView {
	v := filled(f.field("email", words.T(ctx, "E-mail"), value), autocomplete)
	v.Type = "email"
	return v
}

func (f Frame) phone(ctx context.Context, value string) ui.FieldView {
	v := filled(f.field("phone", words.T(ctx, "Phone"), value), "off")
	v.Type, v.Hint = "tel", words.T(ctx, "With its country code: +33 6 12 34 56 78")
	return v
}

func (f Frame) password(name, label, autocomplete string) ui.FieldView {
	v := filled(f.field(name, label, ""), autocomplete)
	v.Type, v.Required = "password", true
	return v
}

func (f Frame) newPassword(ctx context.Context, label string) ui.FieldView {
	return hinted(f.password("password", label, "new-password"), words.T(ctx, "At least 10 characters"))
}

// number is a field for whole numbers from 1.
func (f Frame) number(name, label, value string) ui.FieldView {
	v := f.field(name, label, value)
	v.Type, v.Attrs = "number", ui.Attrs{"min": "1", "inputmode": "numeric", "autocomplete": "off"}
	return v
}
