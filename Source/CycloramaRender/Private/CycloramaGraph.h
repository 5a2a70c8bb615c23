// A Movie Render Graph as the engine evaluates it, and what is to count behind everything in it.
#pragma once

#include "CycloramaRenderJob.h"
#include "Graph/MovieGraphConfig.h"
#include "MoviePipelineQueue.h"

namespace CycloramaGraph
{
	/// What comes out of the graph for this job: subgraphs are followed, variables are filled in. Null, with the reason in
	/// Why, where the engine cannot evaluate it.
	UMovieGraphEvaluatedConfig* Evaluate(UMovieGraphConfig& Graph, UMoviePipelineExecutorJob& Job, FString& Why);

	/// What a branch has of this kind; null when it has none.
	template <typename T>
	T* Find(const UMovieGraphEvaluatedConfig& Evaluated, const FName& Branch)
	{
		return Evaluated.GetSettingForBranch<T>(Branch, false, false);
	}

	/// What is said once for a job.
	template <typename T>
	T* FindGlobal(const UMovieGraphEvaluatedConfig& Evaluated)
	{
		return Find<T>(Evaluated, UMovieGraphNode::GlobalsPinName);
	}

	/// A node of this class behind all others of the branch: the engine evaluates from the outputs back, so what this one
	/// overrides counts, wherever the rest is said. Null when the graph has no such branch, or does not take it there.
	UMovieGraphNode* Last(UMovieGraphConfig& Graph, const FName& Branch, UClass* Class);

	template <typename T>
	T* Last(UMovieGraphConfig& Graph, const FName& Branch)
	{
		return Cast<T>(Last(Graph, Branch, T::StaticClass()));
	}
}
