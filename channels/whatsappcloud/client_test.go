package whatsappcloud

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/channels/graphtest"
	"mauve/models"
	"mauve/models/channeltype"
)

func dispatch() *models.Dispatch {
	return &models.Dispatch{Recipient: models.Recipient{WhatsApp: "33612345678"}, Message: &models.Message{ID: "6740a1b2c3d4e5f60718293a", Type: models.TypeText, Body: "hi"},
		Account: &models.Account{Settings: channeltype.Settings{"phoneNumberId": graphtest.Number, "accessToken": graphtest.Token}}}
}

func client(t *testing.T, base string) *Client {
	t.Helper()
	c, err := New(base)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestNothingLeavesBeforeItIsNoted: what is not noted as handed over is not on the line, and what never left may be sent again.
func TestNothingLeavesBeforeItIsNoted(t *testing.T) {
	t.Parallel()
	graph := graphtest.New(t)
	noted := 0
	note := func() error { noted++; return nil }
	tried := client(t, graph.URL).Send(t.Context(), dispatch(), note)
	assert.Check(t, is.Equal(tried.Verdict, models.Accepted), "%+v", tried)
	assert.Check(t, is.Equal(noted, 1), "%+v", tried)
	assert.Check(t, tried.ExternalID != "", "%+v", tried)
	tried = client(t, graph.URL).Send(t.Context(), dispatch(), func() error { return errors.New("the store is away") })
	assert.Check(t, is.Equal(tried.Verdict, models.RetryChannel), "%+v", tried)
	assert.Check(t, is.Len(graph.Sent(), 1), "%+v", tried)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	tried = client(t, "http://"+closed.Addr().String()).Send(t.Context(), dispatch(), note)
	assert.Check(t, is.Equal(tried.Verdict, models.RetryChannel), "nobody listens: %+v", tried)
	assert.Check(t, is.Equal(noted, 1), "nobody listens: %+v", tried)
}

// TestAnAnswerThatDoesNotComeIsUnknown, and is not a failure that may be tried again.
func TestAnAnswerThatDoesNotComeIsUnknown(t *testing.T) {
	t.Parallel()
	ended := make(chan struct{})
	ctx, giveUp := context.WithCancel(t.Context())
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		giveUp()
		select {
		case <-r.Context().Done():
		case <-ended:
		}
	}))
	t.Cleanup(func() { close(ended); slow.Close() })
	tried := client(t, slow.URL).Send(ctx, dispatch(), func() error { return nil })
	assert.Check(t, is.Equal(tried.Verdict, models.Unknown), "%+v", tried)
}
