// A stand-in for the Live Link interfaces, and a client that enforces what the real one expects.
//   https://dev.epicgames.com/documentation/en-us/unreal-engine/API/Runtime/LiveLinkInterface/ILiveLinkSource (5.4, 5.5)
//   .../API/Runtime/LiveLinkInterface/ILiveLinkClient (5.4, 5.5)
//   .../API/Runtime/LiveLinkInterface/FLiveLinkBaseFrameData, FLiveLinkWorldTime, FLiveLinkMetaData (5.4, 5.5)
//   .../API/Runtime/LiveLinkInterface/Roles/FLiveLinkCameraStaticData, FLiveLinkCameraFrameData (5.5; dynamic film back 5.7)
//   .../API/Plugins/LiveLinkLens/FLiveLinkLensStaticData, FLiveLinkLensFrameData (5.4, 5.5)
//   .../API/Runtime/LiveLinkInterface/ULiveLinkSourceFactory (5.4, 5.5)
//   .../API/Runtime/LiveLinkInterface/ULiveLinkSourceSettings, ILiveLinkClient/GetSourceSettings (5.3, 5.4)
#pragma once

#include "Shim/Object.h"
#include "Shim/Slate.h"

struct FLiveLinkSubjectName
{
	FLiveLinkSubjectName() = default;
	FLiveLinkSubjectName(FName In) : Name(In) {}
	FName Name;
};
struct FLiveLinkSubjectKey
{
	FLiveLinkSubjectKey() = default;
	FLiveLinkSubjectKey(FGuid InSource, FName InName) : Source(InSource), SubjectName(InName) {}
	FGuid Source;
	FLiveLinkSubjectName SubjectName;
	bool operator<(const FLiveLinkSubjectKey& Other) const
	{
		return Source == Other.Source ? SubjectName.Name < Other.SubjectName.Name : Source < Other.Source;
	}
};
class FLiveLinkWorldTime
{
public:
	FLiveLinkWorldTime() = default;
	/// The engine computes an offset from its own now here, which the plugin must not want.
	explicit FLiveLinkWorldTime(double InTime) : Time(InTime), Offset(FPlatformTime::Seconds() - InTime) {}
	FLiveLinkWorldTime(double InTime, double InOffset) : Time(InTime), Offset(InOffset) {}
	double GetSourceTime() const { return Time; }
	double GetOffset() const { return Offset; }
	double GetOffsettedTime() const { return Time + Offset; }

private:
	double Time = 0.0;
	double Offset = 0.0;
};
struct FLiveLinkMetaData
{
	TMap<FName, FString> StringMetaData;
	FQualifiedFrameTime SceneTime;
};
struct FLiveLinkBaseStaticData
{
	SHIM_STRUCT(FLiveLinkBaseStaticData)
	TArray<FName> PropertyNames;
	virtual ~FLiveLinkBaseStaticData() = default;
};
struct FLiveLinkBaseFrameData
{
	SHIM_STRUCT(FLiveLinkBaseFrameData)
	FLiveLinkWorldTime WorldTime;
	FLiveLinkMetaData MetaData;
	TArray<float> PropertyValues;
	virtual ~FLiveLinkBaseFrameData() = default;
};
struct FLiveLinkTransformStaticData : FLiveLinkBaseStaticData
{
	SHIM_STRUCT(FLiveLinkTransformStaticData)
};
struct FLiveLinkTransformFrameData : FLiveLinkBaseFrameData
{
	SHIM_STRUCT(FLiveLinkTransformFrameData)
	FTransform Transform;
};
struct FLiveLinkCameraStaticData : FLiveLinkTransformStaticData
{
	SHIM_STRUCT(FLiveLinkCameraStaticData)
	bool bIsFieldOfViewSupported = false;
	bool bIsAspectRatioSupported = false;
	bool bIsFocalLengthSupported = false;
	bool bIsProjectionModeSupported = false;
	float FilmBackWidth = -1.0f;
	float FilmBackHeight = -1.0f;
	bool bIsApertureSupported = false;
	bool bIsFocusDistanceSupported = false;
	bool bIsDepthOfFieldSupported = false;
};
struct FLiveLinkCameraFrameData : FLiveLinkTransformFrameData
{
	SHIM_STRUCT(FLiveLinkCameraFrameData)
	float FieldOfView = 90.0f;
	float AspectRatio = 1.777778f;
	float FocalLength = 35.0f;
	float Aperture = 2.8f;
	float FocusDistance = 100000.0f;
};
struct FLiveLinkLensStaticData : FLiveLinkCameraStaticData
{
	SHIM_STRUCT(FLiveLinkLensStaticData)
	FName LensModel;
};
struct FLiveLinkLensFrameData : FLiveLinkCameraFrameData
{
	SHIM_STRUCT(FLiveLinkLensFrameData)
	TArray<float> DistortionParameters;
	FVector2D FxFy{1.0, 1.0};
	FVector2D PrincipalPoint{0.5, 0.5};
};

/// Data of any struct, moved and never copied.
template <typename Base>
class TShimLiveLinkStruct
{
public:
	explicit TShimLiveLinkStruct(const UScriptStruct* InType);
	TShimLiveLinkStruct(TShimLiveLinkStruct&&) = default;
	TShimLiveLinkStruct& operator=(TShimLiveLinkStruct&&) = default;
	TShimLiveLinkStruct(const TShimLiveLinkStruct&) = delete;
	template <typename T>
	T* Cast()
	{
		check(Type == T::StaticStruct() || IsParent(T::StaticStruct()));
		return static_cast<T*>(Inner.get());
	}
	const UScriptStruct* GetStruct() const { return Type; }

private:
	bool IsParent(const UScriptStruct* Wanted) const;
	const UScriptStruct* Type;
	std::unique_ptr<Base> Inner;
};
using FLiveLinkStaticDataStruct = TShimLiveLinkStruct<FLiveLinkBaseStaticData>;
using FLiveLinkFrameDataStruct = TShimLiveLinkStruct<FLiveLinkBaseFrameData>;

class ULiveLinkRole : public UObject
{
public:
	SHIM_CLASS(ULiveLinkRole)
};
class ULiveLinkCameraRole : public ULiveLinkRole
{
public:
	SHIM_CLASS(ULiveLinkCameraRole)
};
class ULiveLinkLensRole : public ULiveLinkCameraRole
{
public:
	SHIM_CLASS(ULiveLinkLensRole)
};
class ULiveLinkSourceSettings : public UObject
{
public:
	SHIM_CLASS(ULiveLinkSourceSettings)
	FString ConnectionString;
	TSubclassOf<class ULiveLinkSourceFactory> Factory;
};

class ILiveLinkSource;
class ILiveLinkClient
{
public:
	static inline const FName ModularFeatureName{TEXT("ModularFeature_LiveLinkClient")};
	virtual ~ILiveLinkClient() = default;
	virtual FGuid AddSource(TSharedPtr<ILiveLinkSource> Source) = 0;
	virtual TArray<FGuid> GetSources() const = 0;
	virtual ULiveLinkSourceSettings* GetSourceSettings(const FGuid& SourceKey) const = 0;
	virtual FText GetSourceType(FGuid EntryGuid) const = 0;
	virtual void PushSubjectStaticData_AnyThread(const FLiveLinkSubjectKey& Key, TSubclassOf<ULiveLinkRole> Role, FLiveLinkStaticDataStruct&& Data) = 0;
	virtual void PushSubjectFrameData_AnyThread(const FLiveLinkSubjectKey& Key, FLiveLinkFrameDataStruct&& Data) = 0;
	virtual void RemoveSubject_AnyThread(const FLiveLinkSubjectKey& Key) = 0;
};
class ILiveLinkSource
{
public:
	virtual ~ILiveLinkSource() = default;
	virtual bool CanBeDisplayedInUI() const { return true; }
	virtual void ReceiveClient(ILiveLinkClient* Client, FGuid SourceGuid) = 0;
	virtual void InitializeSettings(ULiveLinkSourceSettings*) {}
	virtual void Update() {}
	virtual bool IsSourceStillValid() const = 0;
	virtual bool RequestSourceShutdown() = 0;
	virtual FText GetSourceType() const = 0;
	virtual FText GetSourceMachineName() const = 0;
	virtual FText GetSourceStatus() const = 0;
	virtual TSubclassOf<ULiveLinkSourceSettings> GetSettingsClass() const { return nullptr; }
};
class ULiveLinkSourceFactory : public UObject
{
public:
	SHIM_CLASS(ULiveLinkSourceFactory)
	using FOnLiveLinkSourceCreated = TDelegate<void(TSharedPtr<ILiveLinkSource>, FString)>;
	enum class EMenuType { SubPanel, MenuEntry, Disabled };
	virtual FText GetSourceDisplayName() const = 0;
	virtual FText GetSourceTooltip() const = 0;
	virtual EMenuType GetMenuType() const { return EMenuType::Disabled; }
	virtual TSharedPtr<SWidget> BuildCreationPanel(FOnLiveLinkSourceCreated) const { return nullptr; }
	virtual TSharedPtr<ILiveLinkSource> CreateSource(const FString&) const { return nullptr; }
	virtual bool IsEnabled() const { return true; }
};

namespace Shim
{
	/// A client that records, and ends the test when a rule of the real one is broken.
	class FClient : public ILiveLinkClient
	{
	public:
		struct FFrame
		{
			FName Subject;
			FLiveLinkLensFrameData Data;
		};
		FGuid AddSource(TSharedPtr<ILiveLinkSource> Source) override;
		TArray<FGuid> GetSources() const override;
		ULiveLinkSourceSettings* GetSourceSettings(const FGuid& SourceKey) const override;
		FText GetSourceType(FGuid EntryGuid) const override;
		void PushSubjectStaticData_AnyThread(const FLiveLinkSubjectKey& Key, TSubclassOf<ULiveLinkRole> Role, FLiveLinkStaticDataStruct&& Data) override;
		/// Ends every source that was added, as the real one does when its module goes. None may be left that a preset could
		/// not make again.
		void ShimRemoveSources();
		void PushSubjectFrameData_AnyThread(const FLiveLinkSubjectKey& Key, FLiveLinkFrameDataStruct&& Data) override;
		void RemoveSubject_AnyThread(const FLiveLinkSubjectKey& Key) override;
		/// From now on nothing may be pushed.
		void Close();
		bool WaitForFrames(int32 Count, double Seconds);
		std::vector<FFrame> Frames() const;
		std::map<FName, FLiveLinkLensStaticData> Statics() const;
		int32 StaticPushes() const;
		int32 Removed() const;

	private:
		mutable std::mutex Lock;
		std::condition_variable Wake;
		bool bClosed = false;
		int32 Pushes = 0;
		int32 Gone = 0;
		std::map<FLiveLinkSubjectKey, FLiveLinkLensStaticData> Known;
		std::vector<FFrame> Heard;
		std::map<FGuid, TSharedPtr<ILiveLinkSource>> Sources;
		std::map<FGuid, ULiveLinkSourceSettings*> Settings;
	};
}
