package absurd

import (
	"reflect"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
	"github.com/elman-go/elman/layers"
	"github.com/elman-go/elman/layers/layerstest"
	"github.com/elman-go/elman/losses"
	"github.com/elman-go/elman/trainers"
	"github.com/elman-go/elman/trainers/data"
	"github.com/elman-go/elman/trainers/data/series"
	"github.com/elman-go/elman/trainers/data/text"
	"github.com/elman-go/elman/trainers/metrics"
	"github.com/elman-go/elman/trainers/watch"
	"github.com/elman-go/elman/zoo"
)

const module = "github.com/elman-go/elman/"

// A surface is what a package offers: its functions, and its types that have methods.
type surface struct {
	path    string
	funcs   []any
	generic map[string]any // functions by name, instantiated
	types   []reflect.Type
}

func is[T any]() reflect.Type { return reflect.TypeFor[T]() }

// panics lists what may panic, with a sentence: each says so in its doc. Scope's operations do as well, for
// Build to recover, and are only called in it.
var panics = []string{"graph.Blocks", "graph.ForgetBias", "graphtest.Tensor.Dense"}

// free lists what fails by design with what the caller says.
var free = []string{"graph.Scope.Fail"}

// surfaces is the table of everything that is called; TestSurface holds it to the source.
var surfaces []surface

func init() {
	surfaces = []surface{
		{path: "graph",
			funcs: []any{
				graph.Blocks, graph.Build, graph.Constant, graph.Eval, graph.Floats, graph.ForgetBias, graph.Glorot, graph.He,
				graph.Identity, graph.Ints, graph.Load, graph.MemoryLimit, graph.NewStore, graph.NewStream, graph.Normal, graph.Ones, graph.Only,
				graph.Orthogonal, graph.ReadTensors, graph.Rows, graph.Scan, graph.Summary, graph.Threads, graph.Uniform, graph.Unroll,
				graph.WriteTensors, graph.Zeros,
			},
			types: []reflect.Type{
				is[graph.Carry](), is[graph.Gradient](), is[graph.Memory](), is[graph.Scope](), is[graph.Session](),
				is[graph.Store](), is[graph.Stream](),
			}},
		{path: "graph/graphtest",
			funcs: []any{
				graphtest.CheckGradients, graphtest.Equal, graphtest.Gradients, graphtest.Output, graphtest.Run,
			},
			generic: map[string]any{"Golden": graphtest.Golden[int]},
			types: []reflect.Type{
				is[graphtest.Tensor](),
			}},
		{path: "layers",
			types: []reflect.Type{
				is[layers.Bidirectional](), is[layers.Chain](), is[layers.Conv](), is[layers.Dense](), is[layers.Dropout](), is[layers.Each](),
				is[layers.Embedding](), is[layers.GRU](), is[layers.LSTM](), is[layers.LayerNorm](), is[layers.MGU](),
				is[layers.Pool](), is[layers.RNN](), is[layers.Residual](), is[layers.Stack](), is[layers.Table](), is[layers.Vanilla](),
			}},
		{path: "layers/layerstest",
			funcs: []any{
				layerstest.Cell, layerstest.Layer, layerstest.Params,
			},
		},
		{path: "losses",
			funcs: []any{
				losses.BinaryCrossEntropy, losses.Count, losses.CrossEntropy, losses.GaussianNLL, losses.Huber, losses.MAE,
				losses.MSE, losses.Quantile, losses.SmoothL1,
			},
		},
		{path: "trainers",
			funcs: []any{
				trainers.BestCheckpoint, trainers.ClipByNorm, trainers.Every, trainers.Freeze, trainers.LastCheckpoint,
				trainers.Log, trainers.Loss, trainers.Measure, trainers.NewHistogram, trainers.Progress, trainers.Unfreeze,
				trainers.Unused,
			},
			types: []reflect.Type{
				is[trainers.AdaGrad](), is[trainers.Adadelta](), is[trainers.AdamW](), is[trainers.Adam](),
				is[trainers.Constant](), is[trainers.Cosine](), is[trainers.EMA](), is[trainers.EarlyStopping](),
				is[trainers.Evaluate](), is[trainers.Evaluation](), is[trainers.Exponential](), is[trainers.GradientNoise](),
				is[trainers.Groups](), is[trainers.Histogram](), is[trainers.Histograms](), is[trainers.ObserverFunc](),
				is[trainers.OneCycle](), is[trainers.Overfitting](), is[trainers.RMSProp](), is[trainers.ReduceOnPlateau](),
				is[trainers.Run](), is[trainers.SGD](), is[trainers.Step](), is[trainers.Trainer](), is[trainers.UpdateRatio](),
			}},
		{path: "trainers/data",
			funcs: []any{
				data.BPTTLength, data.First, data.Func, data.NewBPTT, data.NewBPTTFrom, data.NewPaddedTokens, data.NewPaddedValues,
				data.NewPanel, data.NewWindows, data.Sequences, data.Shard, data.ShardSpec, data.SplitTail, data.Whole,
			},
			generic: map[string]any{
				"PerSequence": data.PerSequence[float64], "PerSequenceRows": data.PerSequenceRows[float64],
				"PerTimestep": data.PerTimestep[int], "PerTimestepRows": data.PerTimestepRows[int],
				"Second": data.Second[int], "SplitByGroup": data.SplitByGroup[int, int],
			},
			types: []reflect.Type{
				is[data.BPTT](), is[data.Dropped](), is[data.Padded](), is[data.Windows](),
			}},
		{path: "trainers/data/text",
			funcs: []any{
				text.BestNGram, text.Folder, text.NewNGram, text.NewVocab, text.OpenTokens, text.ParseUnit, text.ReadFiles,
				text.ReadFolder, text.SplitByHash, text.SplitTail,
			},
			types: []reflect.Type{
				is[text.Corpus](), is[text.NGram](), is[text.TokenFile](), is[text.Unit](), is[text.Vocab](),
			}},
		{path: "trainers/data/series",
			funcs: []any{
				series.AbsoluteError, series.At, series.ChooseAutoregression, series.Difference, series.Drift,
				series.FitAutoregression, series.FitScaler, series.FitSmoothing, series.Following, series.GuessSeasons,
				series.Identity, series.Integrate, series.Interpolate, series.Last, series.Mean, series.Measure, series.MinMax,
				series.Naive, series.NaiveError, series.OpenCSV, series.OpenHeader, series.OpenPanel, series.Origins,
				series.PercentageError, series.ReadCSV, series.ReadHeader, series.ReadPanel, series.Regression, series.Robust,
				series.Rolling, series.Row, series.Rules, series.SeasonalGrowth, series.SeasonalMean, series.SeasonalNaive,
				series.Smearing, series.Smoothings, series.SquaredError, series.Standard, series.SymmetricPercentageError,
			},
			types: []reflect.Type{
				is[series.Autoregression](), is[series.ColumnScaler](), is[series.Cycle](), is[series.Guess](), is[series.Panel](),
				is[series.Scaler](), is[series.Scalers](), is[series.Series](), is[series.Smoothing](), is[series.Unclear](),
			}},
		{path: "trainers/metrics",
			funcs: []any{
				metrics.BitsPerCharacter, metrics.Perplexity,
			},
			types: []reflect.Type{
				is[metrics.Classes](), is[metrics.Direction](), is[metrics.Metric](), is[metrics.Numbers](), is[metrics.Over](),
				is[metrics.Quantiles](), is[metrics.Running](), is[metrics.Value](),
			}},
		{path: "trainers/watch",
			funcs: []any{
				watch.ReadJSON, watch.WriteReport,
			},
			types: []reflect.Type{
				is[watch.CSV](), is[watch.Files](), is[watch.JSON](), is[watch.Plots](), is[watch.Report](),
				is[watch.TensorBoard](),
			}},
		{path: "zoo",
			funcs: []any{
				zoo.Cells, zoo.NewClassifier, zoo.NewDirectForecaster, zoo.NewLM, zoo.NewRecurrentForecaster, zoo.RegisterCell,
			},
			generic: map[string]any{"Open": zoo.Open[*zoo.LM]},
			types: []reflect.Type{
				is[zoo.Classifier](), is[zoo.DirectForecaster](), is[zoo.LM](), is[zoo.RecurrentForecaster](), is[zoo.Sampler](),
			}},
	}
}
