#include "CycloramaGraph.h"

#include "Graph/MovieGraphEdge.h"
#include "Graph/MovieGraphPin.h"
#include "Graph/MovieGraphTraversalContext.h"

namespace
{
	/// Some engines say why they cannot, others do not.
	template <typename T>
	UMovieGraphEvaluatedConfig* Flattened(T& Graph, const FMovieGraphTraversalContext& Context, FString& Why)
	{
		if constexpr (requires { Graph.CreateFlattenedGraph(Context, Why); })
		{
			return Graph.CreateFlattenedGraph(Context, Why);
		}
		else
		{
			return Graph.CreateFlattenedGraph(Context);
		}
	}

	/// What a pin is connected to; null when it is not.
	UMovieGraphPin* Across(const UMovieGraphPin& Pin)
	{
		if (Pin.Edges.IsEmpty())
		{
			return nullptr;
		}
		const UMovieGraphEdge& Edge = *Pin.Edges[0];
		return Edge.InputPin.Get() == &Pin ? Edge.OutputPin.Get() : Edge.InputPin.Get();
	}
}

UMovieGraphEvaluatedConfig* CycloramaGraph::Evaluate(UMovieGraphConfig& Graph, UMoviePipelineExecutorJob& Job, FString& Why)
{
	FMovieGraphTraversalContext Context;
	Context.Job = &Job;
	Context.RootGraph = &Graph;
	UMovieGraphEvaluatedConfig* Evaluated = Flattened(Graph, Context, Why);
	if (!Evaluated && Why.IsEmpty())
	{
		Why = FString(TEXT("it does not say why; Movie Render Graph's own window may"));
	}
	return Evaluated;
}

UMovieGraphNode* CycloramaGraph::Last(UMovieGraphConfig& Graph, const FName& Branch, UClass* Class)
{
	UMovieGraphNode* Outputs = Graph.GetOutputNode();
	UMovieGraphPin* Pin = Outputs ? Outputs->GetInputPin(Branch) : nullptr;
	UMovieGraphNode* Made = Pin ? Graph.CreateNodeByClass(Class) : nullptr;
	if (!Made)
	{
		return nullptr;
	}
	// Nodes of settings have one pin on either side, without a name.
	const FName Plain;
	UMovieGraphPin* Before = Across(*Pin);
	if (Before && !Graph.AddLabeledEdge(Before->Node, Before->Properties.Label, Made, Plain))
	{
		return nullptr;
	}
	Graph.RemoveInboundEdges(Outputs, Branch);
	return Graph.AddLabeledEdge(Made, Plain, Outputs, Branch) ? Made : nullptr;
}
