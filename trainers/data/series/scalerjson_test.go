package series

import (
	"encoding/json"
	"reflect"
	"testing"
)

func TestScalerJSON(t *testing.T) {
	for text, want := range map[string]Scaler{
		`[]`: {},
		`[{"name": "a", "center": 2, "scale": 1.5}, {"log": "log1p", "center": 0, "scale": 1}]`: {
			{Name: "a", Center: 2, Scale: 1.5}, {Log: Log1p, Scale: 1}},
		` {"log": false, "mean": [2, 0], "scale": [1.5, 1]}`: {{Center: 2, Scale: 1.5}, {Scale: 1}},
		`{"log": true, "mean": [2], "scale": [1.5]}`:         {{Log: Log, Center: 2, Scale: 1.5}},
	} {
		var got Scaler
		if err := json.Unmarshal([]byte(text), &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v, wanted %+v", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		`[{"center": 2, "scael": 1.5}]`:              `scaler: json: unknown field "scael"`,
		`{"log": false, "mean": [2], "sd": [1.5]}`:   `scaler: json: unknown field "sd"`,
		`{"log": false, "mean": [2], "scale": []}`:   "scaler: 1 means and 0 scales",
		`{"log": false, "mean": [2], "scale": [0]}`:  "scaler: column 0: center 2, scale 0",
		`[{"scale": 1}, {"name": "b", "scale": -1}]`: `scaler: column "b": center 0, scale -1`,
		`[null]`:                          "scale 0",
		`[{"log": "ln", "scale": 1}]`:     `column 0: logarithm "ln"`,
		`[{"center": 1e999, "scale": 1}]`: "scaler: ",
		`"standard"`:                      "scaler: ",
		`[{"center": 2, "scale": 1}, {"center": 2}]`:       "column 1: center 2, scale 0",
		`{"log": "log1p", "mean": [2], "scale": [1.5, 2]}`: "scaler: ",
	} {
		got := Scaler{{Scale: 7}}
		wantError(t, json.Unmarshal([]byte(text), &got), want)
		if got[0].Scale != 7 {
			t.Errorf("%s: an error, and the scaler was overwritten with %+v", text, got)
		}
	}
}

// What is read without an error works, and is the same when it is written and read again.
func FuzzScalerJSON(f *testing.F) {
	f.Add([]byte(`[{"name": "a", "center": 2, "scale": 1.5}, {"log": "log1p", "center": 0, "scale": 1}]`))
	f.Add([]byte(`{"log": true, "mean": [2], "scale": [1.5]}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var read, again Scaler
		if json.Unmarshal(text, &read) != nil {
			return
		}
		b, err := json.Marshal(read)
		if err != nil {
			t.Fatalf("%+v cannot be written: %v", read, err)
		}
		if err := json.Unmarshal(b, &again); err != nil || !reflect.DeepEqual(again, read) {
			t.Fatalf("%+v came back as %+v, %v", read, again, err)
		}
		if _, err := read.Inverse([][]float64{make([]float64, len(read))}); err != nil {
			t.Fatal(err)
		}
	})
}
