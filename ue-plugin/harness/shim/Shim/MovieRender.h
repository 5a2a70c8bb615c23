// A stand-in for Movie Render Queue, and an engine that draws a frame a tick.
//   https://dev.epicgames.com/documentation/en-us/unreal-engine/API/Plugins/MovieRenderPipelineCore/UMoviePipelineExecutorBase (5.4, newest)
//   .../API/Plugins/MovieRenderPipelineCore/UMoviePipelineInProcessExecutor (5.3, 5.4, newest), OnIndividualJobF-_1 (5.4)
//   .../API/Plugins/MovieRenderPipelineCore/UMoviePipelineExecutorJob/GetConfiguration, GetGraphPreset, SetGraphPreset (5.3, newest)
//   .../API/Plugins/MovieRenderPipelineCore/UMoviePipelineExecutorJob/IsEnabled (5.3, 5.5), IsConsumed (5.1, 5.4, newest), SetConsumed (5.3, newest),
//   ShotInfo (5.2, 5.4), UMoviePipelineExecutorShot (5.3, 5.4, newest)
//   .../BlueprintAPI/MovieRenderPipeline/OnExecutorErroredImpl, OnExecutorErroredDelegate; its native twin .../FOnMoviePipelineExecutorErroredN- (5.3);
//   .../UMoviePipelineExecutorBase/IsAnyJobErrored (5.1)
//   .../API/Plugins/MovieRenderPipelineCore/UMoviePipelineConfigBase (5.4, newest), FindSettingByClass (5.3), UMoviePipelineOutputSetting (5.1, 5.7)
//   .../API/Plugins/MoviePipelineMaskRenderPass/UMoviePipelinePanoramicPass (newest)
//   .../API/Plugins/MovieRenderPipelineCore/UMoviePipelineAntiAliasingSettin- (5.4, 5.5, newest), UMoviePipelineSetting/IsEnabled (5.4)
//   .../API/Plugins/MovieRenderPipelineCore/FMoviePipelineOutputData, FMoviePipelineShotOutputData (5.4, newest)
//   .../API/Plugins/MovieRenderPipelineCore/FMovieGraphRenderOutputData, FMovieGraphRenderLayerOutputData (5.4, newest)
#pragma once

#include "Shim/MovieGraph.h"

class UMoviePipelineSetting : public UObject
{
public:
	SHIM_CLASS(UMoviePipelineSetting)
};
class UMoviePipelineOutputSetting : public UMoviePipelineSetting
{
public:
	SHIM_CLASS(UMoviePipelineOutputSetting)
	FDirectoryPath OutputDirectory;
	FString FileNameFormat = FString(TEXT("{sequence_name}.{frame_number}"));
	FIntPoint OutputResolution{1920, 1080};
	bool bOverrideExistingOutput = true;
	int32 HandleFrameCount = 0;
	int32 OutputFrameStep = 1;
	bool bUseCustomPlaybackRange = false;
	int32 CustomStartFrame = 0;
	int32 CustomEndFrame = 0;
	bool bAutoVersion = true;
	int32 ZeroPadFrameNumbers = 4;
	int32 FrameNumberOffset = 0;
};
class UMoviePipelineAntiAliasingSetting : public UMoviePipelineSetting
{
public:
	SHIM_CLASS(UMoviePipelineAntiAliasingSetting)
	int32 SpatialSampleCount = 1;
	int32 TemporalSampleCount = 1;
};
class UMoviePipelinePanoramicPass : public UMoviePipelineSetting
{
public:
	SHIM_CLASS(UMoviePipelinePanoramicPass)
};
/// Known by name alone: /Script/MovieRenderPipelineRenderPasses.MoviePipelineImageSequenceOutput_PNG.
class UMoviePipelineImageSequenceOutput_PNG : public UMoviePipelineSetting
{
public:
	SHIM_CLASS(UMoviePipelineImageSequenceOutput_PNG)
};
class UMoviePipelineConfigBase : public UObject
{
public:
	SHIM_CLASS(UMoviePipelineConfigBase)
	template <typename T>
	T* FindSetting(const bool = false) const
	{
		if constexpr (std::is_same_v<T, UMoviePipelineAntiAliasingSetting>)
		{
			return bShimAntiAliasing ? const_cast<T*>(&AntiAliasing) : nullptr;
		}
		else
		{
			return const_cast<T*>(&Output);
		}
	}
	UMoviePipelineSetting* FindSettingByClass(TSubclassOf<UMoviePipelineSetting> InClass, const bool = false) const
	{
		for (UMoviePipelineSetting* Setting : ShimMore)
		{
			if (Setting->GetClass()->IsChildOf(InClass.Get()))
			{
				return Setting;
			}
		}
		return nullptr;
	}
	UMoviePipelineSetting* FindOrAddSettingByClass(TSubclassOf<UMoviePipelineSetting> InClass, const bool = false)
	{
		if (InClass == UMoviePipelineAntiAliasingSetting::StaticClass())
		{
			bShimAntiAliasing = true;
			return &AntiAliasing;
		}
		if (InClass == UMoviePipelineImageSequenceOutput_PNG::StaticClass())
		{
			UMoviePipelineSetting* There = FindSettingByClass(InClass);
			if (!There)
			{
				There = NewObject<UMoviePipelineImageSequenceOutput_PNG>();
				ShimMore.Add(There);
			}
			return There;
		}
		check(InClass == UMoviePipelineOutputSetting::StaticClass());
		return &Output;
	}
	UMoviePipelineConfigBase()
	{
		Output.ShimClass = UMoviePipelineOutputSetting::StaticClass();
		AntiAliasing.ShimClass = UMoviePipelineAntiAliasingSetting::StaticClass();
	}
	/// Every preset has an output setting, and this one when somebody added it.
	bool bShimAntiAliasing = false;
	/// Settings beside these two.
	TArray<UMoviePipelineSetting*> ShimMore;

private:
	UMoviePipelineOutputSetting Output;
	UMoviePipelineAntiAliasingSetting AntiAliasing;
};
class UMoviePipelinePrimaryConfig : public UMoviePipelineConfigBase
{
public:
	SHIM_CLASS(UMoviePipelinePrimaryConfig)
};

// --- jobs and queues ------------------------------------------------------------------------------------------------
class UMoviePipelineExecutorShot : public UObject
{
public:
	SHIM_CLASS(UMoviePipelineExecutorShot)
	bool bEnabled = true;
};
class UMoviePipelineExecutorJob : public UObject
{
public:
	SHIM_CLASS(UMoviePipelineExecutorJob)
	/// What is not in it is enabled.
	TArray<TObjectPtr<UMoviePipelineExecutorShot>> ShotInfo;
	bool IsEnabled() const { return bShimEnabled; }
	bool IsConsumed() const { return bConsumed; }
	void SetConsumed(const bool bInConsumed)
	{
		bConsumed = bInConsumed;
		ShimConsumed += bInConsumed ? 1 : 0;
	}
	bool bShimEnabled = true;
	/// How often it was sent.
	int32 ShimConsumed = 0;
	FString JobName;
	FSoftObjectPath Sequence;
	FSoftObjectPath Map;
	FString UserData;

	void SetSequence(FSoftObjectPath In) { Sequence = In; }
	UMoviePipelinePrimaryConfig* GetConfiguration() const { return Configuration; }
	/// The job gets a copy of its own.
	void SetConfiguration(UMoviePipelinePrimaryConfig* In);
	void SetPresetOrigin(UMoviePipelinePrimaryConfig* In);
	UMoviePipelinePrimaryConfig* GetPresetOrigin() const { return Origin; }
	UMovieGraphConfig* GetGraphPreset() const { return Graph; }
	void SetGraphPreset(const UMovieGraphConfig* In, const bool = true) { Graph = const_cast<UMovieGraphConfig*>(In); }
	void SetStatusMessage(const FString& In)
	{
		ShimStatus = In;
		ShimSaid = ShimSaid + FString(TEXT("\n")) + In;
	}
	void SetStatusProgress(const float In)
	{
		check(In >= 0.0f && In <= 1.0f);
		ShimProgress = In;
	}
	FString ShimStatus;
	/// All that it ever said.
	FString ShimSaid;
	float ShimProgress = 0.0f;

private:
	bool bConsumed = false;
	UMoviePipelinePrimaryConfig* Configuration = nullptr;
	UMoviePipelinePrimaryConfig* Origin = nullptr;
	UMovieGraphConfig* Graph = nullptr;
};
class UMoviePipelineQueue : public UObject
{
public:
	SHIM_CLASS(UMoviePipelineQueue)
	UMoviePipelineExecutorJob* AllocateNewJob(TSubclassOf<UMoviePipelineExecutorJob> InJobType);
	TArray<UMoviePipelineExecutorJob*> GetJobs() const { return Jobs; }

private:
	TArray<UMoviePipelineExecutorJob*> Jobs;
};

// --- what was written -------------------------------------------------------------------------------------------------
struct FMoviePipelinePassIdentifier
{
	FString Name;
	bool operator==(const FMoviePipelinePassIdentifier& Other) const { return Name == Other.Name; }
};
struct FMoviePipelineRenderPassOutputData
{
	TArray<FString> FilePaths;
};
struct FMoviePipelineShotOutputData
{
	TMap<FMoviePipelinePassIdentifier, FMoviePipelineRenderPassOutputData> RenderPassData;
};
struct FMovieGraphRenderDataIdentifier
{
	FString LayerName;
	bool operator==(const FMovieGraphRenderDataIdentifier& Other) const { return LayerName == Other.LayerName; }
};
struct FMovieGraphRenderLayerOutputData
{
	TArray<FString> FilePaths;
};
struct FMovieGraphRenderOutputData
{
	TMap<FMovieGraphRenderDataIdentifier, FMovieGraphRenderLayerOutputData> RenderLayerData;
};
struct FMoviePipelineOutputData
{
	bool bSuccess = false;
	TArray<FMoviePipelineShotOutputData> ShotData;
	TArray<FMovieGraphRenderOutputData> GraphData;
};
using FMoviePipelineWorkFinishedNative = TMulticastDelegate<FMoviePipelineOutputData>;

// --- executors ----------------------------------------------------------------------------------------------------------
class UMoviePipeline : public UObject
{
public:
	SHIM_CLASS(UMoviePipeline)
};
class UMoviePipelineExecutorBase;
using FOnMoviePipelineExecutorFinishedNative = TMulticastDelegate<UMoviePipelineExecutorBase*, bool>;
class UMoviePipelineExecutorBase : public UObject
{
public:
	SHIM_CLASS(UMoviePipelineExecutorBase)
	void Execute(UMoviePipelineQueue* InPipelineQueue) { Execute_Implementation(InPipelineQueue); }
	bool IsRendering() const { return IsRendering_Implementation(); }
	void CancelCurrentJob() { CancelCurrentJob_Implementation(); }
	void CancelAllJobs() { CancelAllJobs_Implementation(); }
	FOnMoviePipelineExecutorFinishedNative& OnExecutorFinished() { return Finished; }
	void SetMoviePipelineClass(UClass* InPipelineClass) { TargetPipelineClass = InPipelineClass; }
	virtual void Execute_Implementation(UMoviePipelineQueue*) {}
	virtual bool IsRendering_Implementation() const { return false; }
	virtual void CancelCurrentJob_Implementation() {}
	virtual void CancelAllJobs_Implementation() {}
	/// How often it said that it is at its end.
	int32 ShimFinished = 0;
	/// What it said was wrong, in order.
	TArray<FString> ShimErrors;
	/// Of the last end: no job had an error that ended it.
	bool ShimSucceeded() const { return bShimSuccess; }

protected:
	virtual void OnExecutorErroredImpl(UMoviePipeline* ErroredPipeline, bool bFatal, FText ErrorReason)
	{
		check(ErroredPipeline == nullptr && ShimFinished == 0 && !ErrorReason.IsEmpty());
		ShimErrors.Add(ErrorReason.ToString());
		bShimSuccess = bShimSuccess && !bFatal;
	}
	virtual void OnExecutorFinishedImpl()
	{
		++ShimFinished;
		Finished.Broadcast(this, bShimSuccess);
	}
	bool bShimSuccess = true;
	/// The engine's has none at first either, and makes a pipeline of it without a look.
	UClass* TargetPipelineClass = nullptr;

private:
	FOnMoviePipelineExecutorFinishedNative Finished;
};
class UMoviePipelineLinearExecutorBase : public UMoviePipelineExecutorBase
{
public:
	SHIM_CLASS(UMoviePipelineLinearExecutorBase)
};
/// Draws a frame a tick: half a file first, then all of it, as a disk does.
class UMoviePipelineInProcessExecutor : public UMoviePipelineLinearExecutorBase
{
public:
	SHIM_CLASS(UMoviePipelineInProcessExecutor)
	bool bUseCurrentLevel = false;
	FMoviePipelineWorkFinishedNative& OnIndividualJobFinished() { return JobFinished; }
	void Execute_Implementation(UMoviePipelineQueue* InPipelineQueue) override;
	bool IsRendering_Implementation() const override { return bDrawing; }
	void CancelAllJobs_Implementation() override;

private:
	bool Tick(float DeltaTime);
	void End(bool bSuccess);
	void ReadGraph(UMoviePipelineExecutorJob& Job, FString& Format, int32& Digits);

	FMoviePipelineWorkFinishedNative JobFinished;
	bool bDrawing = false;
	bool bGraph = false;
	bool bHalf = false;
	FString Sequence;
	int32 Next = 0;
	int32 Last = 0;
	FIntPoint Size;
	/// Moments and places of a pixel's samples.
	FIntPoint Samples;
	std::string Folder;
	std::string Name;
	TArray<FString> Files;
	FTSTicker::FDelegateHandle Ticker;
};

namespace Shim
{
	/// Where a level sequence's camera stands, by the frames of its display rate.
	using FSequence = std::map<int32, FTransform>;
	/// Those that are known, by the paths of their assets.
	std::map<FString, FSequence>& Sequences();
	/// How the engine that draws behaves.
	struct FDrawing
	{
		/// It gives up when it comes to this frame.
		int32 FailsAt = -1;
		/// Frames it drew, in order.
		std::vector<int32> Drawn;
		/// Where frame, samples and camera of each picture are told, a line each: number, moments, places, location,
		/// quaternion. Nowhere when empty.
		std::string Told;
	};
	FDrawing& Drawing();
}
