package whatsappcloud

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"
)

// What Meta calls us with (Meta, "Webhooks payload examples", 2026-10). Only
// what is read here is named; members of another type than documented spoil
// the one message they are in.

type envelope struct {
	Object string            `json:"object"`
	Entry  []json.RawMessage `json:"entry"`
}

type entry struct {
	Changes []json.RawMessage `json:"changes"`
}

type change struct {
	Field string          `json:"field"`
	Value json.RawMessage `json:"value"`
}

type value struct {
	Metadata struct {
		PhoneNumberID text `json:"phone_number_id"`
	} `json:"metadata"`
	Contacts list[vendorContact] `json:"contacts"`
	Messages []json.RawMessage   `json:"messages"`
	Echoes   []json.RawMessage   `json:"message_echoes"`
	Statuses []json.RawMessage   `json:"statuses"`
	Errors   list[vendorError]   `json:"errors"`
}

type vendorContact struct {
	Profile struct {
		Name     text `json:"name"`
		Username text `json:"username"`
	} `json:"profile"`
	WaID   text `json:"wa_id"`
	UserID text `json:"user_id"`
}

type vendorError struct {
	Code    text `json:"code"`
	Title   text `json:"title"`
	Message text `json:"message"`
	Data    struct {
		Details text `json:"details"`
	} `json:"error_data"`
}

// heading is what every message has, read even where the rest is not as documented.
type heading struct {
	ID         text `json:"id"`
	From       text `json:"from"`
	FromUserID text `json:"from_user_id"`
	To         text `json:"to"`
	ToUserID   text `json:"to_user_id"`
	Timestamp  text `json:"timestamp"`
	Type       text `json:"type"`
	GroupID    text `json:"group_id"`
}

type vendorMessage struct {
	heading
	Context struct {
		ID        text `json:"id"`
		Forwarded bool `json:"forwarded"`
		Often     bool `json:"frequently_forwarded"`
		Product   *struct {
			CatalogID text `json:"catalog_id"`
			ProductID text `json:"product_retailer_id"`
		} `json:"referred_product"`
	} `json:"context"`
	Text struct {
		Body string `json:"body"`
	} `json:"text"`
	Image    *vendorMedia     `json:"image"`
	Video    *vendorMedia     `json:"video"`
	Audio    *vendorMedia     `json:"audio"`
	Document *vendorMedia     `json:"document"`
	Sticker  *vendorMedia     `json:"sticker"`
	Location *vendorPlace     `json:"location"`
	Contacts []vendorCard     `json:"contacts"`
	Reaction *vendorReaction  `json:"reaction"`
	Button   *vendorButton    `json:"button"`
	Choice   *vendorChoice    `json:"interactive"`
	Order    *vendorOrder     `json:"order"`
	System   *vendorSystem    `json:"system"`
	Referral *vendorReferral  `json:"referral"`
	Edit     *vendorEdit      `json:"edit"`
	Revoke   *vendorRevoke    `json:"revoke"`
	Errors   []vendorError    `json:"errors"`
	Unknown  *json.RawMessage `json:"unsupported"`
}

type vendorMedia struct {
	ID       text   `json:"id"`
	URL      string `json:"url"`
	MIMEType string `json:"mime_type"`
	SHA256   string `json:"sha256"`
	Caption  string `json:"caption"`
	FileName string `json:"filename"`
	Voice    bool   `json:"voice"`
	Animated bool   `json:"animated"`
}

type vendorPlace struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
	Name      string  `json:"name"`
	Address   string  `json:"address"`
	URL       string  `json:"url"`
}

type vendorCard struct {
	Name struct {
		Formatted string `json:"formatted_name"`
		First     string `json:"first_name"`
	} `json:"name"`
	Phones []struct {
		Phone string `json:"phone"`
		WaID  string `json:"wa_id"`
	} `json:"phones"`
	Emails []struct {
		Email string `json:"email"`
	} `json:"emails"`
	Org struct {
		Company string `json:"company"`
	} `json:"org"`
	VCard string `json:"vcard"`
}

type vendorReaction struct {
	MessageID text   `json:"message_id"`
	Emoji     string `json:"emoji"`
}

type vendorButton struct {
	Payload string `json:"payload"`
	Text    string `json:"text"`
}

type vendorChoice struct {
	Type   string        `json:"type"`
	Button *vendorPicked `json:"button_reply"`
	List   *vendorPicked `json:"list_reply"`
	Flow   *struct {
		Data json.RawMessage `json:"response_json"`
		Body string          `json:"body"`
		Name string          `json:"name"`
	} `json:"nfm_reply"`
	Call *struct {
		Response string `json:"response"`
	} `json:"call_permission_reply"`
}

type vendorPicked struct {
	ID          string `json:"id"`
	Title       string `json:"title"`
	Description string `json:"description"`
}

type vendorOrder struct {
	CatalogID text   `json:"catalog_id"`
	Text      string `json:"text"`
	Items     []struct {
		ProductID text   `json:"product_retailer_id"`
		Quantity  number `json:"quantity"`
		Price     number `json:"item_price"`
		Currency  string `json:"currency"`
	} `json:"product_items"`
}

type vendorSystem struct {
	Body    string `json:"body"`
	Type    string `json:"type"`
	WaID    text   `json:"wa_id"`
	NewWaID text   `json:"new_wa_id"`
	UserID  text   `json:"user_id"`

	PreviousUserID text `json:"previous_user_id"`
}

type vendorReferral struct {
	SourceURL  string `json:"source_url"`
	SourceID   text   `json:"source_id"`
	SourceType string `json:"source_type"`
	Headline   string `json:"headline"`
	Body       string `json:"body"`
	ClickID    string `json:"ctwa_clid"`
	Ref        text   `json:"ref"`

	MediaType    text `json:"media_type"`
	ImageURL     text `json:"image_url"`
	VideoURL     text `json:"video_url"`
	ThumbnailURL text `json:"thumbnail_url"`
	Welcome      struct {
		Text text `json:"text"`
	} `json:"welcome_message"`
}

type vendorEdit struct {
	OriginalID text            `json:"original_message_id"`
	Message    json.RawMessage `json:"message"`
}

type vendorRevoke struct {
	OriginalID text `json:"original_message_id"`
}

type vendorStatus struct {
	ID        text          `json:"id"`
	Status    string        `json:"status"`
	Type      text          `json:"type"` // payment, else a message's
	Timestamp text          `json:"timestamp"`
	Callback  text          `json:"biz_opaque_callback_data"`
	UserID    text          `json:"recipient_user_id"`
	Errors    []vendorError `json:"errors"`
}

type vendorTemplate struct {
	Event    string `json:"event"`
	Name     text   `json:"message_template_name"`
	Language text   `json:"message_template_language"`
	Category string `json:"new_category"`
	Quality  string `json:"new_quality_score"`
}

// list is a list whose elements may be spoilt one by one.
type list[T any] []T

// UnmarshalJSON reads what can be read.
func (l *list[T]) UnmarshalJSON(b []byte) error {
	var raw []json.RawMessage
	if json.Unmarshal(b, &raw) != nil {
		return nil
	}
	for _, r := range raw {
		var v T
		if json.Unmarshal(r, &v) == nil {
			*l = append(*l, v)
		}
	}
	return nil
}

// text is a text that Meta also writes as a number.
type text string

// UnmarshalJSON reads a text, a number or null.
func (t *text) UnmarshalJSON(b []byte) error {
	if bytes.Equal(b, []byte("null")) {
		return nil
	}
	if len(b) > 0 && b[0] != '"' {
		var n json.Number
		if err := json.Unmarshal(b, &n); err != nil {
			return err
		}
		*t = text(n)
		return nil
	}
	var s string
	err := json.Unmarshal(b, &s)
	*t = text(s)
	return err
}

// number is a number that Meta also writes as a text.
type number float64

// UnmarshalJSON reads either spelling; what is no number is nought.
func (n *number) UnmarshalJSON(b []byte) error {
	var t text
	if err := t.UnmarshalJSON(b); err != nil {
		return err
	}
	f, _ := strconv.ParseFloat(string(t), 64)
	if f != f || f > 1e15 || f < -1e15 {
		f = 0
	}
	*n = number(f)
	return nil
}

// at reads seconds since 1970; the zero time if it is no such number.
func (t text) at() time.Time {
	n, err := strconv.ParseInt(string(t), 10, 64)
	if err != nil || n <= 0 || n > 253402300799 {
		return time.Time{}
	}
	return time.Unix(n, 0).UTC()
}
