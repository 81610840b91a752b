package main

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"
)

// compared are the names by which others run the same work.
var compared = []string{
	"train-rnn-small", "train-gru-small", "train-lstm-small",
	"train-rnn-medium", "train-gru-medium", "train-lstm-medium",
	"train-lstm-large", "train-lstm-ptb", "train-custom-small", "train-custom-medium",
	"infer-lstm", "infer-gru",
}

func TestChoose(t *testing.T) {
	names := func(args ...string) (names []string) {
		chosen, err := choose(args)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range chosen {
			names = append(names, c.name)
		}
		return names
	}
	if got := names(); !slices.Equal(got, compared) {
		t.Errorf("without names it runs %v, want %v", got, compared)
	}
	own := []string{"peak", "unrolled-small", "length-10", "length-1000", "short-10-of-1000", "build-10", "build-1000"}
	if got := names(own...); !slices.Equal(got, own) {
		t.Errorf("it runs %v, want %v", got, own)
	}
}

func TestRunRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		args []string
		want string
	}{
		"case":    {[]string{"train-lstm-tiny"}, `unknown case "train-lstm-tiny"; there are train-rnn-small, `},
		"threads": {[]string{"-threads", "-1"}, "-1 threads"},
		"budget":  {[]string{"-budget", "-1s"}, "budget -1s"},
		"help":    {[]string{"-h"}, "help requested"},
	} {
		err := run(tc.args, io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: error %v, want %q in it", name, err, tc.want)
		}
	}
}

func TestHelpListsCases(t *testing.T) {
	var help bytes.Buffer
	_ = run([]string{"-h"}, io.Discard, &help)
	for _, c := range benchmarks() {
		if !strings.Contains(help.String(), "  "+c.name+" ") {
			t.Errorf("no %s in the help", c.name)
		}
	}
}

func TestJSON(t *testing.T) {
	if testing.Short() {
		t.Skip("measures")
	}
	var out bytes.Buffer
	if err := run([]string{"-json", "-budget", "1ms", "-threads", "1", "train-rnn-small", "infer-gru", "peak"}, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	wants := [][]string{{"gflops", "peak_fraction"}, nil, {"gflops", "core_gflops"}}
	if len(lines) != len(wants) {
		t.Fatalf("%d lines, want %d:\n%s", len(lines), len(wants), out.String())
	}
	for i, line := range lines {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		want := append([]string{"case", "items_per_s", "ms_per_step", "threads", "engine"}, wants[i]...)
		if len(fields) != len(want) {
			t.Errorf("the keys of %s are not %v", line, want)
		}
		for _, key := range want {
			if v, ok := fields[key]; !ok || v == 0.0 {
				t.Errorf("%s is %v in %s", key, v, line)
			}
		}
		if engine, _ := fields["engine"].(string); !strings.HasPrefix(engine, "elman ") {
			t.Errorf("engine is %q", engine)
		}
	}
}

func TestTable(t *testing.T) {
	var out bytes.Buffer
	p := printer{w: &out, name: 10}
	for _, r := range []row{
		{Case: "train-a", PerSecond: 1000, Millis: 2, Threads: 2, Engine: "elman x", GFLOPS: 12, PeakFraction: 0.5},
		{Case: "infer-abcd", PerSecond: 123456, Millis: 0.008, Threads: 1, Engine: "elman x"},
	} {
		if err := p.print(r); err != nil {
			t.Fatal(err)
		}
	}
	lines := strings.Split(strings.TrimRight(out.String(), "\n"), "\n")
	if len(lines) != 3 {
		t.Fatalf("printed %q, want a head and two rows", lines)
	}
	for i, cell := range []string{"engine", "elman x", "elman x"} {
		if strings.Index(lines[i], cell) != strings.Index(lines[0], "engine") {
			t.Errorf("not aligned:\n%s", out.String())
		}
	}
}
