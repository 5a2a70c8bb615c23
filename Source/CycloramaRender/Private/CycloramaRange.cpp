#include "CycloramaRange.h"

#include "CycloramaGraph.h"
#include "CycloramaPanorama.h"
#include "CycloramaSamples.h"
#include "Graph/Nodes/MovieGraphFileOutputNode.h"
#include "Graph/Nodes/MovieGraphGlobalOutputSettingNode.h"
#include "Misc/EngineVersionComparison.h"
#include "Misc/Paths.h"
#include "MoviePipelineOutputSetting.h"
#include "MoviePipelinePrimaryConfig.h"
#include "MoviePipelineQueue.h"
#include "UObject/SoftObjectPath.h"

namespace
{
	constexpr int32 Digits = 6;

	/// Where frames are wanted as PNG files and the preset writes none, they are added. By name, since nothing else is asked of the class. False
	/// when the engine has none.
	bool AddPng(UMoviePipelinePrimaryConfig& Config)
	{
		UClass* Png = FSoftClassPath(FString(TEXT("/Script/MovieRenderPipelineRenderPasses.MoviePipelineImageSequenceOutput_PNG"))).ResolveClass();
		return Png && Config.FindOrAddSettingByClass(Png);
	}

	/// The preset is copied into the job: what lies on disk stays as the artist left it.
	FString PrepareQueue(UMoviePipelineExecutorJob& Job, UMoviePipelinePrimaryConfig& Preset, const FCycloramaTask& Task)
	{
		const FString Unfit = FCycloramaRenderJob::Unfit({CycloramaPanorama::IsDrawnBy(Preset), FString()});
		if (!Unfit.IsEmpty())
		{
			return Unfit;
		}
		Job.SetConfiguration(&Preset);
		auto* Output = Cast<UMoviePipelineOutputSetting>(Job.GetConfiguration()->FindOrAddSettingByClass(UMoviePipelineOutputSetting::StaticClass()));
		if (!Output)
		{
			return FString(TEXT("the preset takes no output settings"));
		}
		if (Task.bPng && !AddPng(*Job.GetConfiguration()))
		{
			return FString(TEXT("this engine writes no PNG files; ask for EXR"));
		}
		Output->OutputDirectory.Path = Task.Folder;
		Output->FileNameFormat = Task.FileName;
		Output->OutputResolution = FIntPoint(Task.Width, Task.Height);
		Output->bUseCustomPlaybackRange = true;
		// The end is not drawn, here as there.
		Output->CustomStartFrame = Task.DrawnFrom;
		Output->CustomEndFrame = Task.End;
		Output->HandleFrameCount = 0;
		Output->FrameNumberOffset = 0;
		Output->OutputFrameStep = 1;
		Output->ZeroPadFrameNumbers = Digits;
		Output->bOverrideExistingOutput = true;
		Output->bAutoVersion = false;
		CycloramaSamples::Set(*Job.GetConfiguration(), Task.Samples);
		return FString();
	}

	void SetRange(UMovieGraphGlobalOutputSettingNode& Node, const FCycloramaTask& Task)
	{
#if UE_VERSION_OLDER_THAN(5, 6, 0)
		Node.bOverride_CustomPlaybackRangeStartFrame = true;
		Node.CustomPlaybackRangeStartFrame = Task.DrawnFrom;
		Node.bOverride_CustomPlaybackRangeEndFrame = true;
		Node.CustomPlaybackRangeEndFrame = Task.End;
#else
		Node.bOverride_CustomPlaybackRangeStart = true;
		Node.CustomPlaybackRangeStart.Type = EMovieGraphSequenceRangeType::Custom;
		Node.CustomPlaybackRangeStart.Value = Task.DrawnFrom;
		Node.bOverride_CustomPlaybackRangeEnd = true;
		Node.CustomPlaybackRangeEnd.Type = EMovieGraphSequenceRangeType::Custom;
		Node.CustomPlaybackRangeEnd.Value = Task.End;
#endif
	}

	void SetOutput(UMovieGraphGlobalOutputSettingNode& Node, const FCycloramaTask& Task)
	{
		SetRange(Node, Task);
		Node.bOverride_OutputResolution = true;
		Node.OutputResolution = FMovieGraphNamedResolution(FMovieGraphNamedResolution::CustomEntryName, FIntPoint(Task.Width, Task.Height), FString());
		Node.bOverride_OutputDirectory = true;
		Node.OutputDirectory.Path = Task.Folder;
		Node.bOverride_ZeroPadFrameNumbers = true;
		Node.ZeroPadFrameNumbers = Digits;
		Node.bOverride_HandleFrameCount = true;
		Node.HandleFrameCount = 0;
		Node.bOverride_FrameNumberOffset = true;
		Node.FrameNumberOffset = 0;
		Node.bOverride_bOverwriteExistingOutput = true;
		Node.bOverwriteExistingOutput = true;
	}

	/// Whatever writes files gives them this name; false when nothing does.
	bool NameFiles(UMovieGraphConfig& Graph, const UMovieGraphEvaluatedConfig& Evaluated, const FString& Name)
	{
		bool bNamed = false;
		for (const FName& Branch : Evaluated.GetBranchNames())
		{
			for (const auto* Writes : Evaluated.GetSettingsForBranch<UMovieGraphFileOutputNode>(Branch, false, false))
			{
				auto* Files = Cast<UMovieGraphFileOutputNode>(CycloramaGraph::Last(Graph, Branch, Writes->GetClass()));
				if (!Files)
				{
					return false;
				}
				Files->bOverride_FileNameFormat = true;
				Files->FileNameFormat = Name;
				bNamed = true;
			}
		}
		return bNamed;
	}

	/// The graph is copied as well. Its subgraphs are not: what counts stands behind them.
	FString PrepareGraph(UMoviePipelineExecutorJob& Job, UMovieGraphConfig& Preset, const FCycloramaTask& Task)
	{
		UMovieGraphConfig* Graph = DuplicateObject<UMovieGraphConfig>(&Preset, &Job);
		Job.SetGraphPreset(Graph);
		FCycloramaPresetFacts Facts;
		const auto* Evaluated = CycloramaGraph::Evaluate(*Graph, Job, Facts.Fault);
		Facts.bPanorama = Evaluated && CycloramaPanorama::IsDrawnBy(*Evaluated);
		const FString Unfit = FCycloramaRenderJob::Unfit(Facts);
		if (!Evaluated || !Unfit.IsEmpty())
		{
			return Unfit;
		}
		auto* Output = CycloramaGraph::Last<UMovieGraphGlobalOutputSettingNode>(*Graph, UMovieGraphNode::GlobalsPinName);
		if (!Output || !NameFiles(*Graph, *Evaluated, Task.FileName))
		{
			return FString(TEXT("the graph needs an output node that writes files"));
		}
		SetOutput(*Output, Task);
		CycloramaSamples::Set(*Graph, *Evaluated, Task.Samples);
		return FString();
	}
}

FSoftObjectPath CycloramaRange::AssetIn(const FString& Package)
{
	return FSoftObjectPath(Package + FString(TEXT(".")) + FPaths::GetBaseFilename(Package));
}

FString CycloramaRange::Prepare(UMoviePipelineExecutorJob& Job, const FCycloramaTask& Task)
{
	Job.Map = AssetIn(Task.Map);
	Job.SetSequence(AssetIn(Task.Sequence));
	UObject* Preset = AssetIn(Task.Preset).TryLoad();
	if (auto* Graph = Cast<UMovieGraphConfig>(Preset))
	{
		return PrepareGraph(Job, *Graph, Task);
	}
	if (auto* Config = Cast<UMoviePipelinePrimaryConfig>(Preset))
	{
		return PrepareQueue(Job, *Config, Task);
	}
	return FString(TEXT("there is no preset of Movie Render Queue and no Movie Render Graph at ")) + Task.Preset;
}
