#include "CycloramaPanorama.h"

#include "Graph/MovieGraphConfig.h"
#include "MoviePipelinePrimaryConfig.h"
#include "UObject/SoftObjectPath.h"

namespace
{
	/// By name: the queue's is of a plugin that need not be there, the graph's is not in older engines.
	UClass* Known(const TCHAR* Path)
	{
		return FSoftClassPath(FString(Path)).ResolveClass();
	}
}

bool CycloramaPanorama::IsDrawnBy(const UMoviePipelinePrimaryConfig& Preset)
{
	UClass* Pass = Known(TEXT("/Script/MoviePipelineMaskRenderPass.MoviePipelinePanoramicPass"));
	return Pass && Preset.FindSettingByClass(Pass);
}

bool CycloramaPanorama::IsDrawnBy(const UMovieGraphEvaluatedConfig& Evaluated)
{
	UClass* Node = Known(TEXT("/Script/MovieRenderPipelineRenderPasses.MovieGraphDeferredPanoramicNode"));
	if (Node)
	{
		for (const FName& Branch : Evaluated.GetBranchNames())
		{
			if (Evaluated.GetSettingForBranch(Node, Branch, false, false))
			{
				return true;
			}
		}
	}
	return false;
}
